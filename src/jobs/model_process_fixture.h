// For the model check: a process that is run call by call. Every call to something shared goes
// through Do. To take a step the process is run from its start: the calls it made before give what
// they gave then, the next one is really made, and the one after that stops it. So its state is
// what its calls gave, can be copied, and the process is plain code.
#pragma once

#include <any>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"

namespace stemscribe::jobs {

struct ModelCall {
  std::string text{};  // name and outcome: the same text is the same outcome
  std::any value{};
  std::optional<Error> error{};
};

class ModelProcess {
 public:
  using Body = std::function<void(ModelProcess&)>;
  enum class Outcome { kStepped, kEnded, kNoSuchStep };
  enum class Luck { kGood, kBad };  // bad: the answer is lost, or what is tried goes wrong

  /// One call more. `calls` are those that were made, and grow by it.
  Outcome Step(const Body& body, std::vector<ModelCall>& calls, Luck luck) {
    calls_ = &calls;
    position_ = 0;
    luck_ = luck;
    has_stepped_ = false;
    luck_was_used_ = luck == Luck::kGood;
    Outcome outcome = Outcome::kEnded;
    try {
      body(*this);
    } catch (const Stop&) {
      outcome = Outcome::kStepped;
    } catch (const Error&) {  // the process gives up
    }
    return luck_was_used_ ? outcome : Outcome::kNoSuchStep;
  }

  /// `real` is done or remembered. With bad luck it is done, but nobody is told (if `may_be_lost`).
  template <typename Real, typename TextOf>
  auto Do(const std::string& name, bool may_be_lost, Real real, TextOf text_of) {
    if (IsNew()) {
      ModelCall& call = calls_->emplace_back();
      try {
        call.value = real();
        call.text = name + "=" + text_of(std::any_cast<decltype(real())>(call.value));
      } catch (const Error& error) {
        call.error = error;
        call.text = name + "!" + error.what();
      }
      if (luck_ == Luck::kBad && may_be_lost) {
        luck_was_used_ = true;
        call.error = Error(ErrorCode::kUnavailable, "the answer was lost");
        call.text = name + "?";
      }
    }
    const ModelCall& call = (*calls_)[position_++];
    if (call.error) throw Error(*call.error);
    return std::any_cast<decltype(real())>(call.value);
  }

  /// Something that goes well, or with bad luck not.
  bool Goes(const std::string& name) {
    if (IsNew()) {
      const bool goes = luck_ == Luck::kGood;
      luck_was_used_ = true;
      calls_->push_back({.text = name + (goes ? "" : " fails"), .value = goes});
    }
    return std::any_cast<bool>((*calls_)[position_++].value);
  }

 private:
  struct Stop {};  // not an exception that anybody catches

  bool IsNew() {
    if (position_ < calls_->size()) return false;
    if (has_stepped_) throw Stop();
    has_stepped_ = true;
    return true;
  }

  std::vector<ModelCall>* calls_ = nullptr;
  size_t position_ = 0;
  Luck luck_ = Luck::kGood;
  bool has_stepped_ = false;
  bool luck_was_used_ = false;
};

}  // namespace stemscribe::jobs
