import type { EndpointStatus } from '@samband/operations/contract'

type Advice = { readonly matches: RegExp; readonly advice: (endpoint: EndpointStatus) => string }

/** From what the error says to the first thing worth trying. The first match wins, so the specific stand first. */
const table: readonly Advice[] = [
  {
    matches: /\b(AE|AR|CE|CR)\b|mllp-(ae|ar|ce|cr)\b/,
    advice: () => 'The receiver answers with an error: its text says what it did not like.',
  },
  {
    matches: /unreadable|no HL7 ack/i,
    advice: endpoint =>
      `${endpoint.address} answers, but not with an HL7 acknowledgement: does the right program listen there?`,
  },
  {
    matches: /refused/i,
    advice: endpoint => `Nothing listens at ${endpoint.address}: ask its owner to start the receiver.`,
  },
  {
    matches: /cert|tls|ssl|handshake/i,
    advice: endpoint => `The TLS handshake with ${endpoint.address} fails: compare certificates and their expiry.`,
  },
  {
    matches: /enotfound|dns|getaddrinfo/i,
    advice: endpoint => `The name in ${endpoint.address} does not resolve: check DNS and the configured host.`,
  },
  {
    matches: /ack.?timeout|no.?ack/i,
    advice: endpoint => `${endpoint.address} takes messages but does not acknowledge them: its application hangs.`,
  },
  {
    matches: /time.?d?.?out|unreachable|ehost|enet/i,
    advice: endpoint => `No contact with ${endpoint.address}: check the network path and the firewall.`,
  },
  {
    matches: /reset|closed|lost|epipe|hang.?up/i,
    advice: endpoint => `${endpoint.address} closes the connection: look in the receiver’s own log.`,
  },
  {
    matches: /eaddrinuse|in use/i,
    advice: endpoint => `Another program holds ${endpoint.address}: stop it, or configure another port.`,
  },
]

export function adviceFor(endpoint: EndpointStatus): string {
  const error = endpoint.lastError
  const said = error ? `${error.code} ${error.text}` : ''
  const found = table.find(candidate => candidate.matches.test(said))
  return found ? found.advice(endpoint) : `Check that ${endpoint.address} runs and can be reached from this machine.`
}
