/** Reading what stands behind the `?` of an address; what is absent or strange is left out. */

export type Raw = Record<string, unknown>;

export const text = (value: unknown): string | undefined => (value === undefined || value === "" ? undefined : String(value));

export const count = (value: unknown): number | undefined => (Number.isInteger(value) && Number(value) >= 0 ? Number(value) : undefined);

export const flag = (value: unknown): true | undefined => (value === true ? true : undefined);

export const texts = (value: unknown): string[] | undefined => (Array.isArray(value) && value.length ? value.map(String) : undefined);

/** One of the values that the page knows. */
export const oneOf = <T extends string>(value: unknown, known: readonly T[]): T | undefined => known.find((one) => one === value);

/** Keys without a value do not appear in the address. */
export const defined = <T extends object>(search: T): T =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as T;
