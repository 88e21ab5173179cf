/** Takes the bytes of one layer while they arrive and unpacks them. */
export interface LayerWriter {
  /** Bytes of the blob as it is stored: a tar, plain or compressed with gzip or zstd. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Makes the layer visible and resolves with its diff id (digest of the uncompressed tar), which must
   * be the expected one unless that is empty. Errors: `bad-digest`, `bad-layer`.
   */
  end(expectedDiffId: string): Promise<string>;
  /** Drops everything unpacked so far. Harmless after a failure. */
  abort(): Promise<void>;
}

/** Where unpacked layers go; implemented by the store. */
export interface LayerSink {
  /** Whether the layer with this diff id (`sha256:…`) is there, unpacked and whole. */
  has(diffId: string): boolean;
  begin(): LayerWriter;
  /** To be called when all that was written has reached the disk (syncfs). */
  settle(diffIds: readonly string[]): void;
  /** What was asked for or added may be removed again by others. */
  release(): void;
}
