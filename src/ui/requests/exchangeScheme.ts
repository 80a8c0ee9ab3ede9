/** Scheme of the read-only documents of the request log. */
export const EXCHANGE_SCHEME = 'kube-http';
