// Light highlighting of expressions (CEL) and templates: enough to see what is a name, a text and a number.

import type { StreamParser } from '@codemirror/language';

export const FUNCTIONS = ['money', 'size', 'has', 'string', 'int', 'double', 'bool', 'timestamp', 'duration', 'all', 'exists', 'filter', 'map'];
export const FILTERS = [
  'abs', 'capitalize', 'count', 'default', 'first', 'float', 'int', 'items', 'join', 'last', 'length', 'lines', 'list', 'lower', 'replace',
  'reverse', 'round', 'string', 'title', 'trim', 'upper',
];
export const KEYWORDS = ['if', 'else', 'elif', 'endif', 'for', 'in', 'endfor', 'not', 'and', 'or', 'is'];

interface Sign {
  eatSpace(): boolean;
  match(pattern: RegExp | string, consume?: boolean): unknown;
  next(): string | void;
  peek(): string | undefined;
}

const WORDS = new Set(['in', 'true', 'false', 'null', ...KEYWORDS]);

/** What the next sign of an expression is. */
function token(stream: Sign): string | null {
  if (stream.eatSpace()) return null;
  if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^'(?:[^'\\]|\\.)*'?/)) return 'string';
  if (stream.match(/^\d+(\.\d+)?([eE][+-]?\d+)?u?/)) return 'number';
  if (stream.match(/^\/\/.*/)) return 'comment';
  const word = stream.match(/^[A-Za-z_][A-Za-z0-9_]*/) as RegExpMatchArray | null;
  if (word) {
    const said = word[0];
    if (said === 'true' || said === 'false') return 'bool';
    if (said === 'null') return 'null';
    if (WORDS.has(said)) return 'keyword';
    return stream.match(/^\s*\(/, false) ? 'variableName.function' : 'variableName';
  }
  stream.next();
  return 'operator';
}

export const cel: StreamParser<unknown> = { token };

interface InTemplate {
  inTag: boolean;
}

export const template: StreamParser<InTemplate> = {
  startState: () => ({ inTag: false }),
  copyState: ({ inTag }) => ({ inTag }),
  token(stream, state) {
    if (state.inTag) {
      if (stream.match(/^-?[}%]\}/)) {
        state.inTag = false;
        return 'brace';
      }
      return token(stream);
    }
    if (stream.match(/^\{[{%]-?/)) {
      state.inTag = true;
      return 'brace';
    }
    if (stream.match(/^\{#.*?#\}/)) return 'comment';
    stream.next();
    stream.match(/^[^{]+/);
    return null;
  },
};
