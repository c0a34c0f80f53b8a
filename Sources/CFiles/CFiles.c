#include "CFiles.h"

#include <string.h>

#if !defined(__has_embed)
#error "this compiler has no #embed; Swift 6.2 and newer come with one that has"
#endif
// #embed is C23, and clang has it in all versions of C.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char environment_server_py[] = {
#embed "../../clients/python/tengu_env_server.py"
};
static const unsigned char prompts_calibration_md[] = {
#embed "../Judging/Prompts/Files/calibration.md"
};
static const unsigned char prompts_critique_prompt_md[] = {
#embed "../Judging/Prompts/Files/critique.prompt.md"
};
static const unsigned char prompts_default_prompt_md[] = {
#embed "../Judging/Prompts/Files/default.prompt.md"
};
static const unsigned char prompts_episode_prompt_md[] = {
#embed "../Judging/Prompts/Files/episode.prompt.md"
};
static const unsigned char prompts_few_shot_prompt_md[] = {
#embed "../Judging/Prompts/Files/few-shot.prompt.md"
};
static const unsigned char prompts_paraphrase_prompt_md[] = {
#embed "../Judging/Prompts/Files/paraphrase.prompt.md"
};
static const unsigned char prompts_principles_prompt_md[] = {
#embed "../Judging/Prompts/Files/principles.prompt.md"
};
static const unsigned char prompts_ranking_prompt_md[] = {
#embed "../Judging/Prompts/Files/ranking.prompt.md"
};
static const unsigned char prompts_rubric_prompt_md[] = {
#embed "../Judging/Prompts/Files/rubric.prompt.md"
};
static const unsigned char prompts_tagged_prompt_md[] = {
#embed "../Judging/Prompts/Files/tagged.prompt.md"
};
static const unsigned char page_captions_js[] = {
#embed "../Dashboard/Page/captions.js"
};
static const unsigned char page_chart_js[] = {
#embed "../Dashboard/Page/chart.js"
};
static const unsigned char page_curves_js[] = {
#embed "../Dashboard/Page/curves.js"
};
static const unsigned char page_data_js[] = {
#embed "../Dashboard/Page/data.js"
};
static const unsigned char page_differences_js[] = {
#embed "../Dashboard/Page/differences.js"
};
static const unsigned char page_episode_js[] = {
#embed "../Dashboard/Page/episode.js"
};
static const unsigned char page_index_html[] = {
#embed "../Dashboard/Page/index.html"
};
static const unsigned char page_main_js[] = {
#embed "../Dashboard/Page/main.js"
};
static const unsigned char page_run_js[] = {
#embed "../Dashboard/Page/run.js"
};
static const unsigned char page_style_css[] = {
#embed "../Dashboard/Page/style.css"
};

#define FILE_OF(name, bytes) {name, bytes, sizeof(bytes)}

static const struct {
  const char *name;
  const unsigned char *bytes;
  size_t count;
} files[] = {
    FILE_OF("environment-server.py", environment_server_py),
    FILE_OF("prompts/calibration.md", prompts_calibration_md),
    FILE_OF("prompts/critique.prompt.md", prompts_critique_prompt_md),
    FILE_OF("prompts/default.prompt.md", prompts_default_prompt_md),
    FILE_OF("prompts/episode.prompt.md", prompts_episode_prompt_md),
    FILE_OF("prompts/few-shot.prompt.md", prompts_few_shot_prompt_md),
    FILE_OF("prompts/paraphrase.prompt.md", prompts_paraphrase_prompt_md),
    FILE_OF("prompts/principles.prompt.md", prompts_principles_prompt_md),
    FILE_OF("prompts/ranking.prompt.md", prompts_ranking_prompt_md),
    FILE_OF("prompts/rubric.prompt.md", prompts_rubric_prompt_md),
    FILE_OF("prompts/tagged.prompt.md", prompts_tagged_prompt_md),
    FILE_OF("page/captions.js", page_captions_js),
    FILE_OF("page/chart.js", page_chart_js),
    FILE_OF("page/curves.js", page_curves_js),
    FILE_OF("page/data.js", page_data_js),
    FILE_OF("page/differences.js", page_differences_js),
    FILE_OF("page/episode.js", page_episode_js),
    FILE_OF("page/index.html", page_index_html),
    FILE_OF("page/main.js", page_main_js),
    FILE_OF("page/run.js", page_run_js),
    FILE_OF("page/style.css", page_style_css),
};

const unsigned char *tengu_embedded_file(const char *name, size_t *count) {
  for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
    if (strcmp(files[i].name, name) == 0) {
      *count = files[i].count;
      return files[i].bytes;
    }
  }
  return NULL;
}
