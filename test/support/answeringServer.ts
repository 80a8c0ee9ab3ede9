import { startHttpServer, type TestServer } from './httpServer.ts';

/** The JSON texts with which {@link startAnsweringServer} responds. A test can change them between requests. */
export interface Answers {
  list: string;
  /** The events that each watch request receives. Then the response ends. */
  watch: string;
  object: string;
}

/** Starts an HTTP server that acts as an API server. It answers each list, watch and get request from `answers`. */
export async function startAnsweringServer(answers: Answers): Promise<TestServer> {
  return await startHttpServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://server');
    response.setHeader('Content-Type', 'application/json');
    if (url.searchParams.has('watch')) response.end(answers.watch);
    else response.end(/\/[a-z]+s$/.test(url.pathname) ? answers.list : answers.object);
  });
}
