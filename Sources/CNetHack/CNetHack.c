#include "CNetHack.h"
