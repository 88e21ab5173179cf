// The two devices that frames are carried between.
#pragma once

#include <string>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// A tap of this machine that belongs to the user, or a macvtap, whose file does. Both have frames
// with a head that says what is still to be done with them (virtio_net_hdr of
// linux/virtio_net.h): large ones go through in one piece.
struct LanDevice {
  std::string name;
  std::string file;  // of a macvtap; else empty
};

// To be called in the network namespace that the device is in.
Status OpenLanDevice(const LanDevice& device, UniqueFd& out);

// The device in the bridges' network, as its macvlans have it.
struct InnerDevice {
  std::string name;
  std::string mac;  // empty: any
  unsigned mtu = 0;
};

// To be called in the bridges' network. The device stays there when `out` is closed, so that
// macvlans do not go with it, until RemoveInnerDevice().
Status MakeInnerDevice(const InnerDevice& device, UniqueFd& out);
void RemoveInnerDevice(int device);

// Brings a device of the bridges' network up that macvlans are to be made on, and nothing else.
Status ConfigureInnerDevice(const InnerDevice& device);

}  // namespace bryo
