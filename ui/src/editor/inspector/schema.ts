// What the inspector reads out of a kind's JSON Schema: one field for each property.

import type { Json, KindInfo } from '../../api/types';
import type { Config } from '../../document/flow';
import { grouped } from '../../words/count';

export type FieldSort =
  | 'text' | 'number' | 'switch' | 'choice' | 'type' | 'cel' | 'template' | 'secret' | 'flow' | 'node' | 'money' | 'account' | 'rows' | 'map' | 'json';

export interface Choice {
  value: string;
  label: string;
  help: string;
}

export interface FieldSpec {
  name: string;
  title: string;
  help: string;
  sort: FieldSort;
  required: boolean;
  /** `null` says "nothing", and the property is left out. */
  nullable: boolean;
  default: Json | undefined;
  example: string | undefined;
  unit: string | undefined;
  min: number | undefined;
  max: number | undefined;
  whole: boolean;
  pattern: RegExp | undefined;
  maxLength: number | undefined;
  choices: Choice[];
  /** Of the rows of a list, or of the values of a map. */
  fields: FieldSpec[];
}

type Schema = { readonly [key: string]: Json };

const isObject = (value: Json | undefined): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
const number = (value: Json | undefined): number | undefined => (typeof value === 'number' ? value : undefined);

/** `expires_ms` with the unit `ms` is "Expires"; `utc_offset_min` "Utc offset". */
export function titleOf(name: string, unit?: string): string {
  const words = name.replace(unit === undefined ? /$^/ : new RegExp(`_${unit}$`), '').replaceAll(/[_-]+/g, ' ').trim();
  if (words === '' || words === unit) return unit === 'ms' ? 'Time' : titleOf(name);
  if (words === 'cel') return 'Expression';
  // A limit is of something: "Max bytes".
  const said = words === 'max' || words === 'min' ? `${words} ${unit ?? ''}`.trim() : words;
  return (said.charAt(0).toUpperCase() + said.slice(1)).replaceAll(/\b(url|json|utc|http|id)\b/gi, (word) => word.toUpperCase());
}

/** Help that only says the title again helps nobody. */
const helpOf = (title: string, help: string): string => (help.replace(/\.$/, '').toLowerCase() === title.toLowerCase() ? '' : help);

function resolved(schema: Schema, root: Schema): { schema: Schema; nullable: boolean } {
  const ref = text(schema.$ref);
  if (ref?.startsWith('#/$defs/')) {
    const found = isObject(root.$defs) ? root.$defs[ref.slice(8)] : undefined;
    if (isObject(found)) return resolved({ ...found, ...schema, $ref: null }, root);
  }
  const any = schema.anyOf;
  if (Array.isArray(any)) {
    const some = any.filter(isObject).filter((one) => one.type !== 'null');
    const [only] = some;
    if (some.length === 1 && only) return { schema: resolved({ ...only, ...schema, anyOf: null }, root).schema, nullable: some.length < any.length };
  }
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return { schema, nullable: types.includes('null') };
}

function choicesOf(schema: Schema): Choice[] {
  if (Array.isArray(schema.enum)) {
    return schema.enum.filter((value) => typeof value === 'string').map((value) => ({ value, label: value, help: '' }));
  }
  if (!Array.isArray(schema.oneOf)) return [];
  const all = schema.oneOf.filter(isObject);
  if (!all.every((one) => typeof one.const === 'string')) return [];
  return all.map((one) => ({ value: String(one.const), label: titleOf(String(one.const)), help: text(one.description) ?? '' }));
}

const FORMATS: readonly string[] = ['cel', 'template', 'secret', 'flow', 'node', 'money'];
const TYPE_PATTERN = '^(list<)*(any|';

function sortOf(name: string, schema: Schema, choices: readonly Choice[], fields: readonly FieldSpec[]): FieldSort {
  const format = text(schema.format);
  if (format !== undefined && FORMATS.includes(format)) return format as FieldSort;
  if (choices.length > 0) return 'choice';
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (types.includes('boolean')) return 'switch';
  if (types.includes('integer') || types.includes('number')) return 'number';
  if (types.includes('array') && fields.length > 0) return 'rows';
  if (types.includes('object') && fields.length > 0) return 'map';
  if (!types.includes('string')) return 'json';
  if (text(schema.pattern)?.startsWith(TYPE_PATTERN)) return 'type';
  return name === 'account' ? 'account' : 'text';
}

function patternOf(schema: Schema): RegExp | undefined {
  try {
    const pattern = text(schema.pattern);
    return pattern === undefined ? undefined : new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}

function fieldOf(name: string, raw: Schema, required: boolean, root: Schema): FieldSpec {
  const { schema, nullable } = resolved(raw, root);
  const choices = choicesOf(schema);
  const inner = [schema.items, schema.additionalProperties].find(isObject);
  const fields = inner ? fieldsIn(resolved(inner, root).schema, root) : [];
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const unit = text(schema.unit);
  const example = Array.isArray(schema.examples) ? schema.examples[0] : undefined;
  return {
    name,
    title: text(schema.title) ?? titleOf(name, unit),
    help: helpOf(text(schema.title) ?? titleOf(name, unit), text(schema.description) ?? ''),
    sort: sortOf(name, schema, choices, fields),
    required, nullable, choices, fields, unit,
    default: schema.default,
    example: example === undefined ? undefined : typeof example === 'string' ? example : JSON.stringify(example),
    min: number(schema.minimum),
    max: number(schema.maximum),
    whole: types.includes('integer'),
    pattern: patternOf(schema),
    maxLength: number(schema.maxLength),
  };
}

function fieldsIn(schema: Schema, root: Schema): FieldSpec[] {
  if (!isObject(schema.properties)) return [];
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const all = Object.entries(schema.properties).flatMap(([name, of]) => [fieldOf(name, isObject(of) ? of : {}, required.has(name), root)]);
  // What must be there comes first, lists of ports last; else as the schema has it.
  const rank = (field: FieldSpec): number => (field.sort === 'rows' && field.name !== 'ports' ? 2 : field.required ? 0 : 1);
  return all.sort((a, b) => rank(a) - rank(b));
}

/** The fields of a config. */
export const fieldsOf = (schema: Schema): FieldSpec[] => fieldsIn(schema, schema);

/** What a row begins with: a name that is free, and the usual type. */
export function newRow(fields: readonly FieldSpec[], taken: readonly string[]): Record<string, Json> {
  const row: Record<string, Json> = {};
  for (const { name, sort, required } of fields) {
    if (name === 'name') {
      let free = 'value';
      for (let at = 2; taken.includes(free); at += 1) free = `value_${at}`;
      row.name = free;
    } else if (sort === 'type') row[name] = 'text';
    else if (required) row[name] = '';
  }
  return row;
}

/** The config that a new node begins with: only what must be there. */
export function starterConfig(kind: KindInfo): Config {
  return Object.fromEntries(fieldsOf(kind.config).filter((field) => field.required).map((field): [string, Json] => {
    if (field.default !== undefined && field.default !== null) return [field.name, field.default];
    switch (field.sort) {
      case 'number': return [field.name, Number(field.example ?? field.min ?? 0)];
      case 'switch': return [field.name, false];
      case 'choice': return [field.name, field.choices[0]?.value ?? ''];
      case 'rows': return [field.name, [newRow(field.fields, [])]];
      case 'map': return [field.name, {}];
      case 'json': return [field.name, null];
      default: return [field.name, ''];
    }
  }));
}

const written = (bound: number): string => (Number.isInteger(bound) && bound > 9999 ? grouped(bound) : String(bound));

/** What is wrong with a text that is typed into a field, before the program is asked. */
export function typingProblem(field: FieldSpec, value: string): string | undefined {
  if (field.sort === 'number') {
    if (value.trim() === '') return field.required ? 'A number is needed here.' : undefined;
    const typed = Number(value);
    if (!Number.isFinite(typed)) return 'This is no number.';
    if (field.whole && !Number.isInteger(typed)) return 'Only whole numbers go here.';
    if (field.min !== undefined && typed < field.min) return `At least ${written(field.min)}${field.unit ? ` ${field.unit}` : ''}.`;
    if (field.max !== undefined && typed > field.max) return `At most ${written(field.max)}${field.unit ? ` ${field.unit}` : ''}.`;
    return undefined;
  }
  if (field.maxLength !== undefined && value.length > field.maxLength) return `At most ${field.maxLength} characters.`;
  if (field.pattern && value !== '' && !field.pattern.test(value)) {
    return field.name === 'name' ? 'Lower-case letters, digits and _, beginning with a letter.' : 'This has another form than is wanted here.';
  }
  return undefined;
}
