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
  /** Bytes of such a layer's uncompressed tar; null when it is not there. */
  size(diffId: string): number | null;
  /** Whether such a layer is there and the blob with this digest is known to unpack to it. */
  isOf(diffId: string, blob: string): boolean;
  /** Says that a blob, whose content was checked, unpacks to a layer that is there. */
  remember(diffId: string, blob: string): void;
  begin(): LayerWriter;
  /** To be called when all that was written has reached the disk (syncfs). */
  settle(diffIds: readonly string[]): void;
  /** Lets go of layers that were asked for or added: others may remove them again. */
  release(): void;
}
