#include "json_file.h"

#include "atomic_file.h"
#include "file.h"

namespace adora {

Json read_json_file(const std::string& path, std::uint64_t max_bytes) {
  return Json::parse(read_file(path, max_bytes), path);
}

void write_json_file(const std::string& path, const Json& json) {
  AtomicFile file(path);
  write_json_file(file, json);
  file.commit();
}

void write_json_file(AtomicFile& file, const Json& json) { file.write(json.dump() + "\n"); }

}  // namespace adora
