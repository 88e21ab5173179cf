// The words of a mode that this program starts itself with: "--name", "--name VALUE".
#pragma once

namespace bryo {

class Arguments {
 public:
  Arguments(int argc, char** argv) : argc_(argc), argv_(argv) {}

  bool Has(const char* name) const { return At(name) < argc_; }
  // The word after the name; empty when there is none.
  const char* Text(const char* name) const;
  // An argument as a number; 0 when there is none.
  int Number(const char* name) const;

 private:
  int At(const char* name) const;

  int argc_;
  char** argv_;
};

}  // namespace bryo
