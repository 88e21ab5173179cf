import { printable } from '../../base/text.ts';
import type { FoundImage } from '../../engine/images/search.ts';

/** An image that a registry has found. */
export interface SearchRow extends Record<string, unknown> {
  Index: string;
  Name: string;
  Description: string;
  Stars: number;
  Official: string;
  Automated: string;
  Tag: string;
}

const descriptionWidth = 44;
function shorten(text: string, whole: boolean): string {
  const line = printable(text.replace(/\s+/g, ' ').trim());
  return whole || line.length <= descriptionWidth
    ? line
    : `${line.slice(0, descriptionWidth).trimEnd()}...`;
}

export function searchRow(image: FoundImage, whole: boolean): SearchRow {
  return {
    Index: printable(image.index),
    Name: printable(image.fullName),
    Description: shorten(image.description, whole),
    Stars: image.stars,
    Official: image.official ? '[OK]' : '',
    Automated: image.automated ? '[OK]' : '',
    Tag: '',
  };
}
