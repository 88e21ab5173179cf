// A connection that native code carries: no worker has it meanwhile.
#pragma once

#include <cstdint>

#include "api/loop.h"

namespace bryo::api {

// OnEvents tells of descriptors of its own.
class Stream : public Watched {
 public:
  // Whether the request is to be served again: else the client's input is what follows it.
  virtual bool KeepsRequest() const { return false; }
  // The answer's head has been sent. False: it cannot be carried.
  virtual bool Begin() = 0;
  // Of the client's socket.
  virtual void OnClient(uint32_t events) = 0;
  // The deadline that it asked for has passed.
  virtual void OnDeadline() {}
  // The connection ends: its descriptors are to be forgotten.
  virtual void Stop() = 0;
};

}  // namespace bryo::api
