/** A resource in the form the API shows it in. */
export interface Shown {
  /** Full link to it. */
  readonly selfLink: string
  readonly [member: string]: unknown
}
