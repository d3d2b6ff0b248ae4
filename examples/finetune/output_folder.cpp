#include "output_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "../../core/error.h"
#include "../../nn/io/atomic_file.h"
#include "../../nn/io/file.h"
#include "../../nn/models/model_folder.h"
#include "../../nn/train/trainer.h"
#include "kept_arguments.h"
#include "methods.h"

namespace adora::finetune {

namespace {

namespace fs = std::filesystem;

// In this order they are removed: without a checkpoint nothing is gone on with, and the options, which show the folder
// to be a run's, go last.
constexpr const char* records_of_a_run[] = {checkpoint_file, "report.json", "report.html", log_file};

std::vector<std::string> results_of_a_run() {
  std::vector<std::string> files = {"adapter_model.safetensors", "adapter_config.json", "model.safetensors",
                                    "config.json"};
  files.insert(files.end(), companion_files().begin(), companion_files().end());
  return files;
}

bool is_output(const std::string& folder) { return file_exists(folder + "/" + options_file); }

// Any file below the folder, but for what a program leaves that was killed before it had written one.
std::string any_file(const std::string& folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; at != end; at.increment(error))
    if (!fs::is_directory(at->symlink_status(error)) && !is_temporary_name(at->path().filename().string()))
      return fs::path(at->path()).lexically_relative(folder).string();
  return "";
}

// Those of a run's methods that are no run of their own.
std::vector<std::string> method_folders(const std::string& output) {
  std::vector<std::string> folders;
  for (const std::string& method : all_methods())
    if (const std::string folder = output + "/" + method; !is_output(folder)) folders.push_back(folder);
  return folders;
}

// As a run has that was killed while it took over those of another, before it had options of its own.
bool has_checkpoint(const std::string& output) {
  std::vector<std::string> folders = method_folders(output);
  folders.push_back(output);
  return std::any_of(folders.begin(), folders.end(),
                     [](const std::string& folder) { return file_exists(folder + "/" + checkpoint_file); });
}

std::vector<std::string> own_folders(const Settings& settings) {
  std::vector<std::string> folders = {settings.output};
  for (const std::string& method : settings.methods) folders.push_back(folder_of(settings.output, settings, method));
  return folders;
}

std::string in_folder(const std::string& folder, const std::string& name) { return (fs::path(folder) / name).string(); }

void copy_file(const std::string& from, const std::string& to) { write_file(to, MappedFile(from).text()); }

void remove_file(const std::string& path) {
  std::error_code error;
  fs::remove(path, error);
  check(!error, "{}: is of an earlier run and can't be removed: {}", path, error.message());
}

}  // namespace

OutputFolder::OutputFolder(const std::string& path) {
  try {
    made_ = std::make_unique<MadeFolders>(path);
  } catch (const Error& error) {
    fail("--output {}", error.what());
  }
  descriptor_ = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  check(descriptor_ >= 0, "--output {}: can't be opened: {}", path, std::strerror(errno));
  // Some file systems have no locks; a run there goes without.
  const bool held = flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  try {
    check(!held, "--output {}: another run is writing into it; wait for its end or choose another folder", path);
    AtomicFile probe(path + "/report.json");  // without a commit nothing is left of it
  } catch (...) {
    close(descriptor_);
    throw;
  }
}

OutputFolder::~OutputFolder() { close(descriptor_); }

std::string folder_of(const std::string& output, const Settings& settings, const std::string& method) {
  return settings.methods.size() > 1 ? output + "/" + method : output;
}

bool holds_run(const std::string& folder) {
  return is_output(folder) || std::any_of(std::begin(records_of_a_run), std::end(records_of_a_run),
                                          [&](const char* name) { return file_exists(folder + "/" + name); });
}

void check_room(const std::string& output, bool own, bool overwrite) {
  if (own || overwrite) return;
  const std::string file = any_file(output);
  check(file.empty(),
        "--output {}: has files that are no earlier output of this program, such as {}; choose another folder, or give "
        "--overwrite to have those of the same names replaced",
        output, file);
}

bool goes_on_in_place(const Settings& settings) {
  std::error_code error;
  return !settings.resume.empty() && fs::equivalent(settings.resume, settings.output, error);
}

void check_output(const Settings& settings) {
  std::error_code error;
  auto is_model = [&](const std::string& folder) {
    return settings.model != "tiny" && fs::equivalent(settings.model, folder, error);
  };
  auto is_adapter = [&](const std::string& folder) {
    return !settings.adapter.empty() && fs::equivalent(settings.adapter, folder, error);
  };
  for (const std::string& method : settings.methods)
    check(method != "full" || !is_model(folder_of(settings.output, settings, method)),
          "--output {}: is the folder of --model, which would be lost", settings.output);
  if (goes_on_in_place(settings)) return;
  for (const std::string& method : settings.methods)
    check(settings.resume.empty() ||
              !fs::equivalent(folder_of(settings.resume, settings, method), settings.output, error),
          "--output {}: is of the run that --resume goes on with, which would be lost", settings.output);
  check(!is_adapter(settings.output), "--output {}: is the folder of --adapter, which would be lost", settings.output);
  check_room(settings.output, is_output(settings.output) || has_checkpoint(settings.output), settings.overwrite);
  if (!is_output(settings.output)) return;
  std::vector<std::string> cleared = method_folders(settings.output);
  cleared.push_back(settings.output);
  for (const std::string& folder : cleared)
    for (const auto& [option, held] : {std::pair{"--model", is_model(folder)}, {"--adapter", is_adapter(folder)}})
      check(!held, "--output {}: the earlier run in it, which would be removed, has what {} names", settings.output,
            option);
}

void remove_earlier_run(const Settings& settings) {
  std::vector<std::string> folders = own_folders(settings);
  const bool earlier = is_output(settings.output);
  if (earlier) {
    const auto methods = method_folders(settings.output);
    folders.insert(folders.end(), methods.begin(), methods.end());
  }
  for (const std::string& folder : folders) remove_leftovers(folder);
  for (const char* name : records_of_a_run)
    for (const std::string& folder : folders) remove_file(folder + "/" + name);
  for (const RunLogKind& kind : run_log_kinds())
    for (const std::string& folder : folders) remove_file(folder + "/" + kind.file);
  if (!earlier) return;
  const auto own = own_folders(settings);
  std::error_code ignored;
  for (const std::string& folder : folders) {
    for (const std::string& name : results_of_a_run()) remove_file(folder + "/" + name);
    // Where the user has put something, the folder stays.
    if (std::find(own.begin(), own.end(), folder) == own.end()) fs::remove(folder, ignored);
  }
  remove_file(settings.output + "/" + options_file);
}

void take_over_checkpoints(const Settings& settings) {
  if (settings.resume.empty() || goes_on_in_place(settings)) return;
  for (const std::string& method : settings.methods) {
    const std::string from = folder_of(settings.resume, settings, method),
                      to = folder_of(settings.output, settings, method);
    if (!file_exists(in_folder(from, checkpoint_file))) continue;
    const MadeFolders made(to);
    copy_file(in_folder(from, checkpoint_file), in_folder(to, checkpoint_file));
    copy_file(in_folder(from, log_file), in_folder(to, log_file));
  }
}

std::vector<std::string> reports_in(const std::string& output) {
  const std::string folder = fs::absolute(output).string();
  return {in_folder(folder, "report.json"), in_folder(folder, "report.html")};
}

}  // namespace adora::finetune
