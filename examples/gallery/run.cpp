#include "run.h"

#include <filesystem>

#include "../common/html.h"
#include "../common/options.h"
#include "../common/program.h"

namespace adora::gallery {
namespace {

namespace fs = std::filesystem;

// run_program takes a plain function of the arguments.
std::string program_about, program_data;
std::int64_t program_steps;
void (*program_body)(Run&);

}  // namespace

void Run::start(Module& module, const std::string& name) {
  module.to(dtype);
  if (!recording_) return;
  for (const auto& [key, tensor] : module.state_dict()) record_.insert_or_assign(name + "." + key, clone(tensor));
}

Tensor Run::given(const std::string& name, const Tensor& x) {
  Tensor y = is_floating(x.dtype()) ? to(x, dtype) : x;
  if (!recording_) return y;
  auto place = std::find_if(given_.begin(), given_.end(), [&](const auto& one) { return one.first == name; });
  if (place == given_.end()) place = given_.insert(given_.end(), {name, {}});
  place->second.push_back(clone(y.detach()));
  return y;
}

void Run::loss(const Tensor& loss) { this->loss(item(loss)); }
void Run::loss(double loss) {
  losses_.push_back(loss);
  curve_->add(loss);
}

void Run::picture(const std::string& name, const Plot& plot) {
  pictures_ += "<div class=\"wide\">" + plot.svg() + "</div>\n";
  if (!folder_.empty()) plot.save((fs::path(folder_) / (name + ".svg")).string());
}

void Run::picture(const std::string& name, const Tensor& image) {
  Plot plot(name);
  plot.image(image, 0, static_cast<double>(image.size(-1)), 0, static_cast<double>(image.size(-2)));
  pictures_ += "<div class=\"wide\">" + plot.svg() + "</div>\n";
  if (!folder_.empty()) write_png((fs::path(folder_) / (name + ".png")).string(), image);
}

void Run::picture_of_losses() {
  Plot plot("Loss", "step", "loss");
  plot.line("loss", losses_);
  picture(name_ + "-loss", plot);
}

void Run::text(const std::string& line) {
  fmt::print("{}\n", line);
  lines_ += line + "\n";
}

void Run::at_least(const std::string& what, double value, double bound) {
  judge(what, value, "≥", bound, value >= bound);
}
void Run::at_most(const std::string& what, double value, double bound) {
  judge(what, value, "≤", bound, value <= bound);
}

void Run::judge(const std::string& what, double value, const char* sign, double bound, bool reached) {
  if (!all_steps_) return text(fmt::format("{}: {:.4g} after {} steps", what, value, steps));
  text(fmt::format("{}: {:.4g} ({} {:g}{})", what, value, sign, bound, reached ? "" : " is not reached"));
  failed_ = failed_ || !reached;
}

std::string Run::body(const std::string& about) const {
  using programs::html_text;
  return "<p>" + html_text(about) + "</p>\n" + pictures_ + "<pre>" + html_text(lines_) + "</pre>\n";
}

int run(int argc, char** argv, const std::string& about, std::int64_t steps, void (*body)(Run&),
        const std::string& data) {
  program_about = about, program_steps = steps, program_body = body, program_data = data;
  static const std::string name = fs::path(argc > 0 ? argv[0] : "gallery").stem().string();
  return programs::run_program(name.c_str(), argc, argv, [](const std::vector<std::string>& arguments) {
    Run run;
    run.name_ = name, run.steps = program_steps;
    std::string dtype = "float32", record;
    std::int64_t seed = 0;
    programs::Options options(name, program_about);
    options.integer("--steps", run.steps, programs::at_least(1), "training steps");
    options.choice("--dtype", dtype, {"float32", "float64"}, "of parameters and data");
    options.integer("--seed", seed, programs::at_least(0), "of everything that is drawn");
    if (!program_data.empty()) options.text("--data", run.data, "DIR", program_data);
    options.text("--out", run.folder_, "DIR", "write the pictures and a page, " + name + ".html, into this folder");
    options.text("--record", record, "FILE", "write what the run starts from, all that it draws, and its losses");
    if (!options.parse(arguments)) return 0;
    run.all_steps_ = run.steps == program_steps && !options.given("--seed") && run.data.empty();
    run.recording_ = !record.empty();
    run.dtype = dtype == "float64" ? float64 : float32;
    run.generator = Generator(static_cast<std::uint64_t>(seed));
    if (!run.folder_.empty()) fs::create_directories(run.folder_);
    run.curve_.emplace("loss");
    program_body(run);
    run.curve_.reset();
    if (run.recording_) {
      for (const auto& [key, tensors] : run.given_) {
        for (std::size_t i = 0; i < tensors.size(); ++i) {
          run.record_.insert_or_assign(tensors.size() == 1 ? key : fmt::format("{}.{}", key, i), tensors[i]);
        }
      }
      run.record_.insert_or_assign("losses", tensor(run.losses_, {static_cast<std::int64_t>(run.losses_.size())}));
      save(record, run.record_);
    }
    if (!run.folder_.empty()) {
      write_file((fs::path(run.folder_) / (name + ".html")).string(),
                 programs::html_page(name, run.body(program_about)));
    }
    return run.failed_ ? 1 : 0;
  });
}

}  // namespace adora::gallery
