#include <zip.h>

#include <memory>

#include "../../autograd/grad_mode.h"
#include "../../ops/creation.h"
#include "atomic_file.h"
#include "file.h"
#include "npy.h"
#include "npy_bytes.h"

namespace adora {
namespace {

// Deflate makes at most 1032 bytes of one, whatever the directory of the archive says.
constexpr std::uint64_t most_per_byte = 1032;

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, Discard>;

/// A zip archive in memory, which `bytes` and what is added to the archive must outlive. Also gives its source.
Archive opened(const void* bytes, std::size_t size, int flags, zip_source_t*& source, const std::string& path) {
  zip_error_t error;
  zip_error_init(&error);
  source = zip_source_buffer_create(bytes, size, 0, &error);
  zip_t* archive = source ? zip_open_from_source(source, flags, &error) : nullptr;
  const std::string why = archive ? "" : zip_error_strerror(&error);
  zip_error_fini(&error);
  if (!archive) {
    if (source) zip_source_free(source);
    fail("{}: is no .npz file: {}", path, why);
  }
  return Archive(archive);
}

std::string unpacked(zip_t* archive, const zip_stat_t& entry, std::uint64_t archive_size, const std::string& where) {
  check(entry.size / most_per_byte <= archive_size, "{}: is said to have {} bytes, more than the archive can hold",
        where, entry.size);
  const std::unique_ptr<zip_file_t, Discard> file(zip_fopen_index(archive, entry.index, 0));
  check(file != nullptr, "{}: cannot be unpacked: {}", where, zip_strerror(archive));
  std::string bytes(entry.size, '\0');
  // One byte more, so that the end is reached, where the sum of the bytes is compared.
  char end;
  const zip_int64_t count = zip_fread(file.get(), bytes.data(), bytes.size());
  check(count == static_cast<zip_int64_t>(bytes.size()) && zip_fread(file.get(), &end, 1) == 0,
        "{}: cannot be unpacked; the archive is damaged", where);
  return bytes;
}

}  // namespace

StateDict read_npz(const std::string& path) {
  const MappedFile file(path);
  zip_source_t* source = nullptr;
  const Archive archive = opened(file.data(), file.size(), ZIP_RDONLY, source, path);
  StateDict tensors;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive.get(), 0); ++i) {
    zip_stat_t entry;
    const auto at = static_cast<zip_uint64_t>(i);
    check(zip_stat_index(archive.get(), at, ZIP_FL_ENC_RAW, &entry) == 0, "{}: entry {} cannot be read", path, i);
    constexpr zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_INDEX;
    check((entry.valid & needed) == needed, "{}: entry {} has no name or no size", path, i);
    std::string name = entry.name;
    const std::string where = path + ": " + shortened(name);
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    check(
        tensors.emplace(name, detail::tensor_of_npy(unpacked(archive.get(), entry, file.size(), where), where)).second,
        "{}: is there twice", where);
  }
  return tensors;
}

void write_npz(const std::string& path, const StateDict& tensors) {
  NoGrad no_grad;
  // They stay where they are until the archive has been made of them.
  std::map<std::string, std::string> entries;
  for (const auto& [name, x] : tensors) {
    check(x.defined(), "write_npz: {}: the tensor '{}' is undefined", path, name);
    const Tensor there = contiguous(to(x.detach(), cpu));
    entries[name + ".npy"] =
        detail::npy_header(x, path + ": " + shortened(name))
            .append(static_cast<const char*>(there.raw()), static_cast<std::size_t>(x.numel()) * size_of(x.dtype()));
  }
  if (entries.empty()) {
    // The end of an archive's directory, which libzip would not write without an entry.
    write_file(path, "PK\5\6" + std::string(18, '\0'));
    return;
  }
  AtomicFile file(path);
  zip_source_t* source = nullptr;
  Archive archive = opened(nullptr, 0, ZIP_CREATE | ZIP_TRUNCATE, source, path);
  zip_source_keep(source);  // The archive's own handle goes with it.
  const std::unique_ptr<zip_source_t, decltype(&zip_source_free)> kept(source, zip_source_free);
  for (const auto& [name, bytes] : entries) {
    zip_source_t* entry = zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0);
    const zip_int64_t index = entry ? zip_file_add(archive.get(), name.c_str(), entry, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0 && entry) zip_source_free(entry);
    const auto at = static_cast<zip_uint64_t>(index);
    // A fixed time: the same tensors give the same bytes.
    check(index >= 0 && zip_set_file_compression(archive.get(), at, ZIP_CM_STORE, 0) == 0 &&
              zip_file_set_dostime(archive.get(), at, 0, 1 << 5 | 1, 0) == 0,
          "{}: '{}' cannot be put into the archive: {}", path, shortened(name), zip_strerror(archive.get()));
  }
  check(zip_close(archive.get()) == 0, "{}: the archive cannot be made: {}", path, zip_strerror(archive.get()));
  static_cast<void>(archive.release());
  check(zip_source_open(source) == 0, "{}: the archive cannot be read back", path);
  char buffer[1 << 16];
  zip_int64_t count;
  while ((count = zip_source_read(source, buffer, sizeof buffer)) > 0)
    file.write(buffer, static_cast<std::size_t>(count));
  zip_source_close(source);
  check(count == 0, "{}: the archive cannot be read back", path);
  file.commit();
}

}  // namespace adora
