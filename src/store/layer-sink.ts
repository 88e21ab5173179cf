/** One layer that is being unpacked while its bytes arrive. */
export interface LayerWriter {
  /** Hands over compressed or plain tar bytes; resolves when more can be taken. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Verifies the digest of the uncompressed tar (not when `expectedDiffId` is empty) and makes the
   * layer visible. Throws BryoError `bad-digest` or `bad-layer`.
   */
  end(expectedDiffId: string): Promise<void>;
  /** Throws away what was unpacked. */
  abort(): Promise<void>;
}

/** Where a pull or load puts layers. */
export interface LayerSink {
  has(diffId: string): boolean;
  begin(): LayerWriter;
}
