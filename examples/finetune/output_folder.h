#pragma once
#include <memory>
#include <string>
#include <vector>

#include "../../nn/io/made_folders.h"
#include "settings.h"

namespace adora::finetune {

/// The folder that a run writes into: made where it is not there, and this process's alone as long as this lives.
class OutputFolder {
 public:
  /// Throws `Error` naming --output where nothing can be written into the folder, or another process holds it.
  explicit OutputFolder(const std::string& path);
  /// Removes the folders that were made and in which nothing came into being.
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

 private:
  std::unique_ptr<const MadeFolders> made_;
  int descriptor_ = -1;
};

/// Where in an output folder a method's own files lie: in the folder itself where there is one method.
std::string folder_of(const std::string& output, const Settings& settings, const std::string& method);

/// Whether the run goes on from a checkpoint that lies in its own --output.
bool goes_on_in_place(const Settings& settings);

/// Whether a run of finetune has left its records in the folder.
bool holds_run(const std::string& folder);

/// An error naming --output where there are files in the folder, it is not the program's `own`, of an earlier run, and
/// --overwrite was not given.
void check_room(const std::string& output, bool own, bool overwrite);

/// An error where the run would write over the model, adapter or checkpoint that it starts from, or remove it with an
/// earlier run, and as check_room says.
void check_output(const Settings& settings);

/// Removes an earlier run's files, which --resume and readers would take for this run's: of the files that runs write,
/// those in the folders of this run, and those of the methods of a run that had the same --output. Other files stay,
/// and so do runs of their own in folders below.
void remove_earlier_run(const Settings& settings);

/// Copies the checkpoints and logs of the run that --resume names, where that lies elsewhere, so that this one can be
/// gone on with whenever it ends.
void take_over_checkpoints(const Settings& settings);

/// The files in an output that tell of a whole run, and hold no longer when its result is replaced.
std::vector<std::string> reports_in(const std::string& output);

}  // namespace adora::finetune
