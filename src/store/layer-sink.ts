/** Takes the bytes of one layer while they arrive and unpacks them. */
export interface LayerWriter {
  /** Bytes of the blob as it is stored: tar, plain or compressed with gzip or zstd (told by their first bytes). */
  write(chunk: Uint8Array): Promise<void>;
  /** Verifies the diff id (digest of the uncompressed tar) and makes the layer visible. */
  end(expectedDiffId: string): Promise<void>;
  /** Drops everything unpacked so far. Harmless after a failure. */
  abort(): Promise<void>;
}

/** Where unpacked layers go; implemented by the store. */
export interface LayerSink {
  /** Whether the layer with this diff id (`sha256:…`) is there, unpacked and whole. */
  has(diffId: string): boolean;
  begin(): LayerWriter;
}
