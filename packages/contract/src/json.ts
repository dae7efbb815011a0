/** A value that survives `JSON.parse(JSON.stringify(value))` unchanged. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue | undefined }

/** Plain data. Everything that crosses the contract and is not a secret is of this shape. */
export interface JsonObject {
  [key: string]: JsonValue | undefined
}
