#pragma once
#include <string>

#include "record.h"

namespace adora {

/// A document that nobody asked for: all of it is learned.
std::unique_ptr<Record> document_record(std::string text, std::string place = {});

}  // namespace adora
