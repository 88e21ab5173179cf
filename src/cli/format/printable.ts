/**
 * Text of an image or a container, made fit for a terminal: control characters, which could move the
 * cursor or change what is shown, become question marks.
 */
export function printableText(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?');
}
