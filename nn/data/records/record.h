#pragma once
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "../../io/json_fields.h"
#include "passage.h"
#include "wording.h"

namespace adora {

/// An example to train on, in one of the forms that files have.
class Record {
 public:
  virtual ~Record() = default;
  /// Its text. Throws `Error` where the wording has no room for a part of it.
  virtual Passage passage(const Wording& wording) const = 0;
  std::string place;  ///< in its file: "record 3" or "line 7"
};
using Records = std::vector<std::unique_ptr<Record>>;

struct RecordOptions {
  /// Keys of objects that may be there and are not looked at; any other that no form reads is an error.
  std::set<std::string> ignore_keys = {};
};

/// A form of records, told by the keys of their JSON objects. Its file registers it, and nothing else is edited:
///
///     const RegisterRecordForm registered{{.shape = R"({"text": ...})", .fits = fits, .read = read}};
struct RecordForm {
  std::string shape;  ///< an example, for messages
  /// Whether an object is meant as one of this form.
  bool (*fits)(const Json::Object& object);
  /// The record of an object that fits. Asks for every key that it understands; others are refused after it.
  std::unique_ptr<Record> (*read)(JsonFields& fields, const RecordOptions& options);
};

struct RegisterRecordForm {
  explicit RegisterRecordForm(RecordForm form);
};

/// What errors about a key that is not known say can be done.
inline constexpr const char* keys_to_ignore = "what is not to be learned from can be named among the keys to ignore";

/// An error for keys that nobody has read and that are not among those to ignore.
void refuse_unread(JsonFields& fields, const RecordOptions& options, const std::string& shape = {});

/// The shapes of the forms there are, sorted.
std::vector<std::string> record_shapes();

/// The records of a .json file (a list) or a .jsonl file (one a line), or the lines of a .txt file, each a document of
/// its own, empty ones left out. A list may also stand in a .jsonl file, and lines in a .json file. Throws `Error`
/// naming the file, and the record or line, for anything else than those, for a key that is missing, of another type or
/// not known, and for no record at all.
Records read_records(const std::string& path, const RecordOptions& options = {});

}  // namespace adora
