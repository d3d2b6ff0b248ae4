#pragma once
#include <cstdint>
#include <string>

#include "../../nn/models/causal_lm.h"
#include "../../nn/optim/optimizer.h"
#include "training.h"

namespace adora::finetune {

/// In a run's folder: where it is to go on, and a line for each step.
inline constexpr const char *checkpoint_file = "checkpoint.safetensors", *log_file = "log.jsonl";

/// What a run is of; a checkpoint goes on with nothing else.
struct RunIdentity {
  std::string method;
  std::size_t documents = 0;  ///< how many
  std::string data;           ///< the documents' fingerprint
  std::string model;          ///< that of what the method leaves as it is
};

/// Writes all that the next steps depend on to FOLDER/checkpoint.safetensors, so that at any moment there is a
/// whole one: trained parameters, the optimizer's state, where the dropout's generator stands, and how far the run is.
/// `NotFinite`, and the checkpoint there was stays, where Training::check_state finds something.
void write_run_state(const std::string& folder, CausalLm& model, Training& training, const RunIdentity& run);

/// An error where there is such a state of another method or other documents: what shows before a model is loaded.
void check_documents_of_run_state(const std::string& folder, const RunIdentity& run);

/// Takes over such a state, where there is one (false otherwise). An error naming what differs where it is that of
/// another model, method or data.
bool read_run_state(const std::string& folder, CausalLm& model, Training& training, const RunIdentity& run);

}  // namespace adora::finetune
