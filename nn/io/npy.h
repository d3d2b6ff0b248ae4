#pragma once
#include "../state_dict.h"

/// NumPy's files of arrays (numpy.lib.format: versions 1.0, 2.0 and 3.0 are read, 1.0 is written).
namespace adora {

/// The array of a .npy file, in either order of bytes and of elements (fortran_order). int8 and int16, uint16 and
/// uint32 become the next wider type there is. Throws `Error` naming the file for any other dtype (complex numbers,
/// texts, objects, uint64), a header that is none, and a file whose length is not that of its shape.
Tensor read_npy(const std::string& path);
/// An error where x is bfloat16, which NumPy lacks. See AtomicFile.
void write_npy(const std::string& path, const Tensor& x);

/// The arrays of a .npz file, stored or compressed, by name.
StateDict read_npz(const std::string& path);
/// Uncompressed, as numpy.savez does. An error where a tensor is bfloat16.
void write_npz(const std::string& path, const StateDict& tensors);

}  // namespace adora
