// How far a launch has come, by what its processes have told (sync.h).
//
//   kReading ──Own──► kOwned ──every Part has arrived──► kLetGo ──Hold──► kHeld
#pragma once

namespace bryo {

class Handshake {
 public:
  // Parts that must be there before the payload is let go. They come in any order: the payload may
  // be at its barrier before the stage has told its pid.
  enum Part : unsigned { kProcess = 1, kBarrier = 2, kNetwork = 4 };

  // The container is this launch's: its lock is held, and what a failure leaves is removed.
  void Own() { progress_ = Progress::kOwned; }
  bool owns() const { return progress_ >= Progress::kOwned; }

  // The payload waits for this as well.
  void Await(Part part) { missing_ |= part; }
  bool awaits(Part part) const { return (missing_ & part) != 0; }
  // True once: with the last part that was missing the payload is to be let go.
  bool Arrive(Part part);
  bool let_go() const { return progress_ >= Progress::kLetGo; }

  // The payload waits for `start`: the launch is over.
  void Hold() { progress_ = Progress::kHeld; }
  bool held() const { return progress_ == Progress::kHeld; }

 private:
  enum class Progress { kReading, kOwned, kLetGo, kHeld };

  Progress progress_ = Progress::kReading;
  unsigned missing_ = kProcess | kBarrier;
};

}  // namespace bryo
