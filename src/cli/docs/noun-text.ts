/** A part of a noun's page that tells what its commands are about. */
export interface Chapter {
  title: string;
  paragraphs: readonly string[];
}

/** A page's text beside its list of commands. */
export interface NounText {
  /** Beside the summary. */
  description: readonly string[];
  chapters: readonly Chapter[];
  examples: readonly { says: string; commands: readonly string[] }[];
}
