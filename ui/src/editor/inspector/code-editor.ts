// The editor of expressions, templates and JSON: CodeMirror, loaded when a code field is first shown.

import { type CompletionContext, type CompletionResult, autocompletion, closeBrackets, completionKeymap, startCompletion } from '@codemirror/autocomplete';
import { json } from '@codemirror/lang-json';
import { HighlightStyle, StreamLanguage, bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState } from '@codemirror/state';
import { EditorView, keymap, placeholder as placeholderOf } from '@codemirror/view';
import { minimalSetup } from 'codemirror';
import { tags } from '@lezer/highlight';
import { cel, template, FILTERS, FUNCTIONS, KEYWORDS } from './languages';
import { type KnownName, propertiesOf } from './upstream';

export interface CodeOptions {
  text: string;
  language: 'cel' | 'template' | 'json';
  label: string;
  placeholder: string;
  onchange: (text: string) => void;
  /** The names that can be used here, asked for at each completion. */
  names: () => readonly KnownName[];
}

export interface CodeEditor {
  text: string;
  close(): void;
}

const look = EditorView.theme({
  '&': { fontSize: '12.5px', backgroundColor: 'transparent', color: 'var(--text-1)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-content': { fontFamily: 'var(--mono)', padding: '5px 0', caretColor: 'var(--text-1)' },
  '.cm-line': { padding: '0 8px' },
  '.cm-cursor': { borderLeftColor: 'var(--text-1)' },
  '.cm-placeholder': { color: 'var(--text-3)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'color-mix(in oklch, var(--accent) 30%, transparent) !important' },
  '.cm-scroller': { maxHeight: '220px', overflow: 'auto' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--bg-3)' },
  '.cm-tooltip': { backgroundColor: 'var(--bg-2)', border: '1px solid var(--line-2)', borderRadius: '6px', boxShadow: 'var(--shadow)', color: 'var(--text-1)' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '220px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--bg-3)', color: 'var(--text-1)' },
  '.cm-completionDetail': { color: 'var(--text-3)', fontStyle: 'normal', fontFamily: 'var(--ui)' },
});

const highlights = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--type-list)' },
  { tag: tags.string, color: 'var(--type-receipt)' },
  { tag: tags.number, color: 'var(--type-number)' },
  { tag: tags.bool, color: 'var(--type-bool)' },
  { tag: tags.null, color: 'var(--text-3)' },
  { tag: tags.function(tags.variableName), color: 'var(--type-intent)' },
  { tag: tags.variableName, color: 'var(--type-text)' },
  { tag: tags.propertyName, color: 'var(--type-text)' },
  { tag: tags.comment, color: 'var(--text-3)' },
  { tag: tags.brace, color: 'var(--accent)' },
  { tag: tags.operator, color: 'var(--text-2)' },
]);

/** Whether a place in a template is within a tag, where names count. */
function isInTag(before: string): boolean {
  return Math.max(before.lastIndexOf('{{'), before.lastIndexOf('{%')) > Math.max(before.lastIndexOf('}}'), before.lastIndexOf('%}'));
}

function completions(language: 'cel' | 'template', names: () => readonly KnownName[]) {
  return (context: CompletionContext): CompletionResult | null => {
    const before = context.state.sliceDoc(0, context.pos);
    if (language === 'template' && !isInTag(before)) return null;
    const property = context.matchBefore(/[a-z_][a-z0-9_]*\.[a-z0-9_]*/i);
    if (property) {
      const [owner = ''] = property.text.split('.');
      const known = names().find((one) => one.name === owner);
      const options = propertiesOf(known?.type ?? '').map((label) => ({ label, type: 'property' }));
      return options.length > 0 ? { from: property.from + owner.length + 1, options } : null;
    }
    const filter = language === 'template' ? context.matchBefore(/\|\s*[a-z]*/) : null;
    if (filter) return { from: filter.to - (/[a-z]*$/.exec(filter.text)?.[0].length ?? 0), options: FILTERS.map((label) => ({ label, type: 'function' })) };
    const word = context.matchBefore(/[a-z_][a-z0-9_]*/i);
    if (!word && !context.explicit) return null;
    return {
      from: word?.from ?? context.pos,
      options: [
        ...names().map(({ name, type, from }) => ({ label: name, type: 'variable', detail: `${type}, ${from}`, boost: 10 })),
        ...(language === 'cel' ? FUNCTIONS.map((label) => ({ label, type: 'function', apply: `${label}(` })) : KEYWORDS.map((label) => ({ label, type: 'keyword' }))),
      ],
      validFor: /^[a-z0-9_]*$/i,
    };
  };
}

/** Opens an editor in an element. */
export function openCode(host: HTMLElement, { text, language, label, placeholder, onchange, names }: CodeOptions): CodeEditor {
  const lang = new Compartment();
  const spoken = language === 'json' ? json() : StreamLanguage.define(language === 'cel' ? cel : template);
  let quiet = false;
  const view = new EditorView({
    parent: host,
    state: EditorState.create({
      doc: text,
      extensions: [
        minimalSetup, bracketMatching(), closeBrackets(), EditorView.lineWrapping, look, syntaxHighlighting(highlights), lang.of(spoken),
        placeholderOf(placeholder),
        EditorView.contentAttributes.of({ 'aria-label': label }),
        // Tab goes on to the next field; Ctrl+Space completes.
        keymap.of([...completionKeymap, { key: 'Ctrl-Space', run: startCompletion }]),
        ...(language === 'json' ? [] : [autocompletion({ override: [completions(language, names)], icons: false })]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !quiet) onchange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    get text() {
      return view.state.doc.toString();
    },
    set text(next) {
      quiet = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
      quiet = false;
    },
    close: () => view.destroy(),
  };
}
