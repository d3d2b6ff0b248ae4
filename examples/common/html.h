#pragma once
#include <string>

namespace adora::programs {

/// Text with what HTML would read as its own replaced.
std::string html_text(const std::string& text);

/// A page that needs nothing beside it and is readable in light and dark. `title` is plain text; `body` is HTML and may
/// use the colors --c0 to --c7 and the classes of the style: wide, text, best, legend, swatch, key, grid, raw,
/// figures.
std::string html_page(const std::string& title, const std::string& body);

}  // namespace adora::programs
