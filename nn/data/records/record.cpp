#include "record.h"

#include <algorithm>
#include <filesystem>

#include "../../../core/error.h"
#include "../../../core/listed.h"
#include "document_record.h"
#include "record_file.h"

namespace adora {
namespace {

std::vector<RecordForm>& forms() {
  static std::vector<RecordForm> all;
  return all;
}

std::string keys_of(const Json::Object& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object)
    if (keys.size() < 12) keys.push_back(shortened(key, 40));
  return keys.empty() ? "no key" : listed(keys);
}

std::unique_ptr<Record> record_of(const Json& json, const std::string& where, const RecordOptions& options) {
  const auto* object = json.get<Json::Object>();
  check(object != nullptr, "{}: must be an object, not {}", where, brief(json));
  const RecordForm* form = nullptr;
  for (const RecordForm& one : forms()) {
    if (!one.fits(*object)) continue;
    check(form == nullptr, "{}: could be {} or {}; one of the two is to be left out", where, form->shape, one.shape);
    form = &one;
  }
  if (!form) fail("{}: has {}; a record is one of {}", where, keys_of(*object), listed(record_shapes()));
  JsonFields fields(json, where);
  std::unique_ptr<Record> record = form->read(fields, options);
  refuse_unread(fields, options, form->shape);
  return record;
}

}  // namespace

RegisterRecordForm::RegisterRecordForm(RecordForm form) { forms().push_back(std::move(form)); }

void refuse_unread(JsonFields& fields, const RecordOptions& options, const std::string& shape) {
  for (const std::string& key : fields.unread())
    check(options.ignore_keys.contains(key) || !fields.has(key), "{}: {} is not known in {}; {}", fields.where(),
          shortened(key), shape.empty() ? "such a record" : "a record such as " + shape, keys_to_ignore);
}

std::vector<std::string> record_shapes() {
  std::vector<std::string> shapes;
  for (const RecordForm& form : forms()) shapes.push_back(form.shape);
  std::sort(shapes.begin(), shapes.end());
  return shapes;
}

Records read_records(const std::string& path, const RecordOptions& options) {
  const std::string ending = std::filesystem::path(path).extension().string();
  Records records;
  if (ending == ".txt") {
    each_line(path, [&](const std::string& line, std::size_t number) {
      records.push_back(document_record(line, fmt::format("line {}", number)));
    });
  } else {
    check(ending == ".json" || ending == ".jsonl", "{}: its name must end with .json, .jsonl or .txt", path);
    each_json_record(path, [&](const Json& json, const std::string& place) {
      auto record = record_of(json, path + ": " + place, options);
      record->place = place;
      records.push_back(std::move(record));
    });
  }
  check(!records.empty(), "{}: there is nothing in it", path);
  return records;
}

}  // namespace adora
