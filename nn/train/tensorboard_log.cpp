// TensorBoard's event file: records (nn/io/tf_record.h), each a message Event of protocol buffers:
//   Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
//   Summary { repeated Value value = 1; }   Value { string tag = 1; float simple_value = 2; }
// A step's numbers are one event. Their tags are those of Hugging Face's Trainer, "train/loss" and "eval/loss".
#include <bit>
#include <chrono>

#include "../io/appended_file.h"
#include "../io/tf_record.h"
#include "run_log.h"

namespace adora {
namespace {

/// The fields of a message, one after the other.
class Message {
 public:
  void whole(int field, std::uint64_t value) {
    key(field, 0);
    varint(value);
  }
  void number(int field, double value) {
    key(field, 1);
    little_endian(std::bit_cast<std::uint64_t>(value));
  }
  void number(int field, float value) {
    key(field, 5);
    little_endian(std::bit_cast<std::uint32_t>(value));
  }
  void bytes(int field, const std::string& value) {
    key(field, 2);
    varint(value.size());
    text_ += value;
  }
  const std::string& text() const { return text_; }

 private:
  void key(int field, int type) { varint(static_cast<std::uint64_t>(field << 3 | type)); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) text_ += static_cast<char>(value | 0x80);
    text_ += static_cast<char>(value);
  }
  template <class T> void little_endian(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) text_ += static_cast<char>(value >> 8 * i & 0xFF);
  }

  std::string text_;
};

// Of a step whose time was not noted it is now.
double time_of(const StepRecord& step) {
  if (step.time > 0) return step.time;
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string tag_of(const std::string& field) {
  if (field.starts_with("eval_")) return "eval/" + field.substr(5);
  return "train/" + (field == "lr" ? "learning_rate" : field);
}

// The file's first event.
std::string version_event(double time) {
  Message version;
  version.number(1, time);
  version.bytes(3, "brain.Event:2");
  return tf_record(version.text());
}

std::string event_of(const StepRecord& step) {
  Message summary;
  for (const auto& [field, number] : numbers_of(step)) {
    if (field == "time") continue;  // the event's own
    Message value;
    value.bytes(1, tag_of(field));
    value.number(2, static_cast<float>(number));
    summary.bytes(1, value.text());
  }
  Message event;
  event.number(1, time_of(step));
  event.whole(2, static_cast<std::uint64_t>(step.step));
  event.bytes(5, summary.text());
  return tf_record(event.text());
}

class TensorboardLog final : public RunLog {
 public:
  TensorboardLog(const std::string& path, const std::vector<StepRecord>& so_far)
      : empty_(so_far.empty()), file_(path, events(so_far)) {}
  void add(const StepRecord& step) override {
    file_.add(empty_ ? events({step}) : event_of(step));
    empty_ = false;
  }
  void flush() override { file_.flush(); }

 private:
  static std::string events(const std::vector<StepRecord>& steps) {
    if (steps.empty()) return "";
    std::string text = version_event(time_of(steps.front()));
    for (const StepRecord& step : steps) text += event_of(step);
    return text;
  }

  bool empty_;
  AppendedFile file_;
};

// By the word "tfevents" in its name TensorBoard knows the file.
const RegisterRunLog registered({"tensorboard", "events.out.tfevents", "an event file for TensorBoard",
                                 [](const std::string& path, const std::vector<StepRecord>& so_far) {
                                   return std::make_unique<TensorboardLog>(path, so_far);
                                 }});

}  // namespace
}  // namespace adora
