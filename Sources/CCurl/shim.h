#pragma once
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

// libcurl sets options and reads results through functions of variable arguments, which Swift cannot call: here is one
// function for each type of value. Thin calls, no policy.

/// What libcurl calls with received bytes: `size` times `count` of them. Fewer returned than given ends the transfer.
typedef size_t (*tengu_curl_receiver)(char *bytes, size_t size, size_t count, void *context);

/// To be called once before anything else.
static inline CURLcode tengu_curl_start(void) { return curl_global_init(CURL_GLOBAL_ALL); }

static inline CURLcode tengu_curl_set_number(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode tengu_curl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode tengu_curl_set_text(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode tengu_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode tengu_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode tengu_curl_set_receiver(CURL *easy, CURLoption option, tengu_curl_receiver value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLMcode tengu_curl_multi_set_number(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

/// Registers the two callbacks through which libcurl requests sockets and timeouts.
static inline CURLMcode tengu_curl_multi_set_watcher(CURLM *multi, curl_socket_callback watcher, void *context) {
  CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
  return code == CURLM_OK ? curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watcher) : code;
}

static inline CURLMcode tengu_curl_multi_set_timer(CURLM *multi, curl_multi_timer_callback timer, void *context) {
  CURLMcode code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
  return code == CURLM_OK ? curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer) : code;
}

/// 0 where libcurl does not know.
static inline long tengu_curl_number(CURL *easy, CURLINFO information) {
  long value = 0;
  return curl_easy_getinfo(easy, information, &value) == CURLE_OK ? value : 0;
}

/// 0 where libcurl does not know.
static inline curl_off_t tengu_curl_size(CURL *easy, CURLINFO information) {
  curl_off_t value = 0;
  return curl_easy_getinfo(easy, information, &value) == CURLE_OK ? value : 0;
}
