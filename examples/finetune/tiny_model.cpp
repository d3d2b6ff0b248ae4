#include "tiny_model.h"

#include "../../core/error.h"

namespace adora::finetune {

std::unique_ptr<ModelSource> open_tiny_model() { fail("--model tiny: is not part of this build; name a folder"); }

BuiltInTasks built_in_tasks() { fail("--data: the built-in tasks are not part of this build; name a file"); }

}  // namespace adora::finetune
