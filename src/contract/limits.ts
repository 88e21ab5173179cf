/** Limits that both languages hold. */
export const limits = {
  /** Bytes and records of a launch plan; a larger one is refused before any of it is read. */
  maxPlanBytes: 16 * 1024 * 1024,
  maxPlanRecords: 65_536,
  /** Descriptors of the caller's that a payload gets: more than a socket-activated service has. */
  maxPreservedFds: 128,
  /** Numbers that a port of the record `portRelay` takes: protocol, source, four words of an address, two ports. */
  relayPortNumbers: 8,
  /** Numbers that a neighbouring network of the record `portRelay` takes: four words of an address, bits. */
  relayNetworkNumbers: 5,
  /** Bytes of the file of events; a longer one is renamed and begun anew. */
  maxEventFile: 1 << 20,
} as const;
