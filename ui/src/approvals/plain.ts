/** Control, formatting and invisible characters: what is not seen, or changes how others are seen. As the program has them. */
const UNSEEN = /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/**
 * The text with such characters written out. The program does so with all that a decision covers as shown; names and reasons that
 * stand around it come as they are.
 */
export const plain = (text: string): string => text.replaceAll(UNSEEN, (unseen) => `\\u{${unseen.codePointAt(0)?.toString(16)}}`);
