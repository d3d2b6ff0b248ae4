#include "gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "../../core/error.h"

namespace adora::detail {

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

std::string gunzip(std::string_view bytes, const std::string& where) {
  z_stream stream{};
  constexpr int gzip_format = 16;
  check(inflateInit2(&stream, MAX_WBITS + gzip_format) == Z_OK, "{}: there is no memory for unpacking it", where);
  std::string result;
  int status = Z_OK;
  // It grows with what has been unpacked, not with what the file promises.
  for (std::size_t taken = 0; status == Z_OK;) {
    const std::size_t done = result.size(), more = std::max<std::size_t>(1 << 16, done);
    if (stream.avail_in == 0) {
      constexpr std::size_t most = std::numeric_limits<uInt>::max();
      const std::string_view next = bytes.substr(taken, most);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(next.data()));
      stream.avail_in = static_cast<uInt>(next.size());
      taken += next.size();
    }
    result.resize(done + more);
    stream.next_out = reinterpret_cast<Bytef*>(result.data() + done);
    stream.avail_out = static_cast<uInt>(std::min<std::size_t>(more, std::numeric_limits<uInt>::max()));
    const uInt room = stream.avail_out;
    status = inflate(&stream, Z_NO_FLUSH);
    result.resize(done + (room - stream.avail_out));
  }
  inflateEnd(&stream);
  check(status == Z_STREAM_END, "{}: cannot be unpacked; it is damaged or its end is missing", where);
  return result;
}

}  // namespace adora::detail
