/**
 * MediaMTX's OpenAPI description as a judge of requests and answers. The whole of it lies beside
 * the project where it is developed; elsewhere an excerpt of what Perch uses does.
 */
import { existsSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'yaml';

interface Json {
  readonly [key: string]: unknown;
}

const whole = new URL('../../../../shared/reference/mediamtx-openapi.yaml', import.meta.url);
const excerpt = new URL('openapi-excerpt.json', import.meta.url);
export const hasWhole = existsSync(whole);

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const object = (value: unknown): Json => (isObject(value) && !Array.isArray(value) ? value : {});

/** An excerpt's short form in the words of OpenAPI. */
function expand(short: Json): Json {
  const content = (schema: unknown) => ({
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
  });
  const operation = ({ body, responses }: Json) => ({
    ...(body === undefined ? {} : { requestBody: content(body) }),
    responses: Object.fromEntries(Object.entries(object(responses)).map(([status, name]) => [status, content(name)])),
  });
  const each = (value: unknown, change: (value: Json) => unknown) =>
    Object.fromEntries(Object.entries(object(value)).map(([key, item]) => [key, change(object(item))]));
  return { paths: each(short.paths, (methods) => each(methods, operation)), components: { schemas: short.schemas } };
}

/**
 * The description in the words of JSON Schema, as it is meant: `nullable` beside `allOf` means
 * that null is allowed, and the choices of a `oneOf` overlap (H264 and H265 have the same
 * properties). Names that are not described are a mistake.
 */
function asMeant(value: unknown, namesMustBeKnown: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => asMeant(item, namesMustBeKnown));
  if (!isObject(value)) return value;
  const { oneOf, allOf, ...copy } = Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, asMeant(item, namesMustBeKnown)]),
  );
  if (oneOf !== undefined) return { ...copy, anyOf: oneOf };
  if (allOf !== undefined) return value.nullable === true ? { anyOf: [{ type: 'null' }, { allOf }] } : { allOf };
  return namesMustBeKnown && isObject(copy.properties) && copy.type === 'object'
    ? { ...copy, additionalProperties: false }
    : copy;
}

export function readWhole(): Json {
  return object(parse(readFileSync(whole, 'utf8')));
}

export function readExcerpt(): Json {
  return expand(object(JSON.parse(readFileSync(excerpt, 'utf8'))));
}

/** Says what is wrong with a request or an answer; undefined: nothing. */
export class Judge {
  readonly #description: Json;
  readonly #ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });

  constructor(description: Json, { namesMustBeKnown }: { namesMustBeKnown: boolean }) {
    this.#description = object(asMeant(description, namesMustBeKnown));
    this.#ajv.addSchema({ $id: 'api', ...this.#description });
  }

  /** `body` undefined: the request has none. */
  request(method: string, path: string, body: unknown): string | undefined {
    const found = this.#operation(method, path);
    if (!found) return `${method} ${path} is not described`;
    const described = 'requestBody' in found.operation;
    if (body === undefined) return described ? `${method} ${path} needs a body` : undefined;
    if (!described) return `${method} ${path} has no body`;
    return this.#check(`${found.pointer}/requestBody`, body);
  }

  answer(method: string, path: string, status: number, body: unknown): string | undefined {
    const found = this.#operation(method, path);
    if (!found) return `${method} ${path} is not described`;
    if (!(status in object(found.operation.responses))) return `${method} ${path} never answers ${status}`;
    return this.#check(`${found.pointer}/responses/${status}`, body);
  }

  /** The operation of a request, and where it stands in the description. */
  #operation(method: string, path: string): { operation: Json; pointer: string } | undefined {
    for (const [template, methods] of Object.entries(object(this.#description.paths))) {
      const shape = new RegExp(`^${template.replace(/\{\w+\}/g, '.+')}$`);
      const operation = object(methods)[method.toLowerCase()];
      if (!shape.test(path) || !isObject(operation)) continue;
      const escaped = template.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');
      return { operation, pointer: `/paths/${escaped}/${method.toLowerCase()}` };
    }
    return undefined;
  }

  #check(pointer: string, body: unknown): string | undefined {
    const check = this.#ajv.getSchema(`api#${pointer}/content/application~1json/schema`);
    if (!check) return `no schema at ${pointer}`;
    return check(body) ? undefined : this.#ajv.errorsText(check.errors);
  }
}
