#pragma once
#include <functional>
#include <string>
#include <vector>

#include "but_elementwise.h"
#include "catch.h"

/// A call with nonsense for an argument, and what its error has to say: the function's name, or more.
struct Nonsense {
  std::string says;
  std::function<void()> call;
};

/// Checks that each call throws the library's own error, which says what it has to.
inline void check_refused(const std::vector<Nonsense>& calls) {
  for (std::size_t i = 0; i < calls.size(); ++i) {
    INFO("call " << i << ", of which the error has to say \"" << calls[i].says << "\"");
    std::string message;
    try {
      calls[i].call();
      message = "nothing was thrown";
    } catch (const adora::Error& error) {
      message = error.what();
    } catch (const std::exception& error) {
      message = std::string("a foreign exception: ") + error.what();
    }
    CHECK_THAT(message, ContainsSubstring(calls[i].says) && !ContainsSubstring("a foreign exception"));
  }
}
