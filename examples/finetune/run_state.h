#pragma once
#include <cstdint>
#include <string>

#include "../../nn/llama.h"
#include "../../nn/optimizer.h"
#include "training.h"

namespace adora::finetune {

/// Writes all that the next steps depend on to FOLDER/checkpoint.safetensors, so that at any moment there is a
/// whole one: trained parameters, the optimizer's state, where the dropout's generator stands, and how far the run is.
void write_run_state(const std::string& folder, Llama& model, Training& training, const std::string& method,
                     std::size_t documents);

/// Takes over such a state, where there is one (false otherwise). An error naming what differs where it is that of
/// another model, method or data.
bool read_run_state(const std::string& folder, Llama& model, Training& training, const std::string& method,
                    std::size_t documents);

}  // namespace adora::finetune
