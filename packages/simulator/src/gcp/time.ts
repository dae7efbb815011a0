/** As the API writes times: RFC 3339 in the Pacific time zone. */
export function timestamp(ms: number): string {
  return new Date(ms - 7 * 3_600_000).toISOString().replace('Z', '-07:00')
}
