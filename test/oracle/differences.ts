import { accepted } from './accepted.ts'

/** The page about the server with the present list of differences that are meant. */
export function withDifferences(page: string): string {
  const list = accepted.map(({ reason }) => `- ${reason}\n`).join('')
  return page.replace(
    /(<!-- accepted: begin -->\n)[^]*(<!-- accepted: end -->)/,
    (_, begin: string, end: string) => `${begin}\n${list}\n${end}`,
  )
}
