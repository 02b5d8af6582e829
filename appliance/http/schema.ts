/** JSON schemas of the REST answers and bodies, those of the settings made from the settings table. */
import ajvCompiler from '@fastify/ajv-compiler';
import type { ValidateFunction } from 'ajv';
import { formatBitrate } from '../settings/bitrate.ts';
import { type FieldSpec, fieldSpec, settingNames } from '../settings/table.ts';

/** The schemas themselves are right, or tests fail (vitest sets it): a device need not look at each start. */
const looked = process.env.NODE_ENV === 'test';

/** How requests are compared with their schemas, and answers written, here and at the relay: options for Fastify. */
export const schemaHandling = {
  ajv: {
    customOptions: {
      // Said to be what it is: 1 stays 1 and "1" stays "1".
      coerceTypes: false,
      removeAdditional: false,
      useDefaults: false,
      allowUnionTypes: true,
      // Compiling the schema of schemas is a tenth of a start.
      validateSchema: looked,
    },
  },
  schemaController: {
    compilersFactory: {
      buildValidator: (...of: Parameters<typeof buildValidators>) => {
        const compile = buildValidators(...of);
        return looked ? compile : (route: Parameters<typeof compile>[0]) => whenAsked(() => compile(route));
      },
      // Response schemas are for readers; nothing is left out of an answer because of one.
      buildSerializer: () => () => (data: unknown) => JSON.stringify(data),
    },
  },
} as const;

const buildValidators = ajvCompiler();

/** Compiled with the first request of its route: all of them together are another tenth of a start. */
function whenAsked(compile: () => ValidateFunction): ValidateFunction {
  let compiled: ValidateFunction | undefined;
  const validate = (data: unknown) => {
    compiled ??= compile();
    const right = compiled(data);
    validate.errors = compiled.errors;
    return right;
  };
  validate.errors = undefined as ValidateFunction['errors'];
  return validate as ValidateFunction;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

function fieldSchema(spec: FieldSpec): JsonSchema {
  const { kind, min, max, step, unit, choices, label, help, applied } = spec;
  const about = {
    title: label,
    description: `${help}${unit === undefined ? '' : ` In ${unit}.`} Applied: ${applied}.`,
    default: spec.default,
  };
  const range = { ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) };
  switch (kind) {
    case 'boolean':
      return { type: 'boolean', ...about };
    case 'choice':
      return { type: 'string', enum: choices ?? [], ...about };
    case 'bitrate':
      return {
        type: 'string',
        examples: ['800k', '2M'],
        ...about,
        description: `${about.description} From ${formatBitrate(min ?? 0)} to ${formatBitrate(max ?? 0)}.`,
      };
    case 'identity':
      return { type: typeof spec.default === 'string' ? 'string' : 'integer', ...range, ...about };
    case 'integer':
      return { type: 'integer', ...range, ...(step !== undefined && step > 1 && { multipleOf: step }), ...about };
    case 'number':
      return { type: 'number', ...range, ...about };
  }
}

/** `CameraSettings` in JSON: the protocol's names, the table's ranges. A camera's `limits` narrow them. */
export const settingsSchema: JsonSchema = {
  type: 'object',
  description: 'Settings of a camera. The ranges here are the widest; the limits of a camera say what it can do.',
  properties: Object.fromEntries(settingNames.map((name) => [name, fieldSchema(fieldSpec(name))])),
};

/** The same, as a change: any part, and an id for the answer. */
export const settingsPatchSchema: JsonSchema = {
  ...settingsSchema,
  description: 'Any part of the settings. Either all of it is applied or nothing.',
  properties: {
    ...(settingsSchema.properties as object),
    request_id: { type: 'string', description: 'Given back in the answer; sent again, it is answered again.' },
  },
  additionalProperties: false,
};

/** The answer to a command, as far as everybody needs it; more fields of `StatusResponse` may stand in it. */
export const statusSchema: JsonSchema = {
  type: 'object',
  properties: {
    success: { type: 'boolean' },
    message: { type: 'string', description: 'What happened, in a sentence.' },
    current_settings: settingsSchema,
    request_id: { type: 'string' },
    timestamp: { type: 'number', description: 'Milliseconds since 1970.' },
    revision: { type: 'integer', description: 'Counts the accepted changes of this camera.' },
    saved_revision: { type: 'integer', description: 'The newest revision that is safely on disk.' },
    applied_settings: settingsSchema,
    applied_revision: { type: 'integer', description: 'The newest revision a picture shows.' },
    changed_fields: { type: 'array', items: { type: 'string' } },
    gap_ms: { type: 'integer', description: 'The longest gap between two pictures this change caused.' },
    error_code: { type: 'string' },
    error_field: { type: 'string' },
    error: { type: 'object', description: 'On refusal: the same as on every other route' },
  },
};

export const errorSchema: JsonSchema = {
  type: 'object',
  description: 'What was wrong, what is allowed, what to do.',
  properties: {
    error: {
      type: 'object',
      properties: { code: { type: 'string' }, message: { type: 'string' }, field: { type: 'string' } },
    },
  },
};

/** An object of which every property must be given and no other. */
export function exactly(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

/** Answers of a route for the documentation: what it gives, and how errors look. */
export function answers(ok: JsonSchema, code = 200): Readonly<Record<string, JsonSchema>> {
  return { [code]: ok, '4xx': errorSchema };
}
