import { startHttpServer, type TestServer } from './httpServer.ts';

/** The JSON texts with which {@link startAnsweringServer} responds. A test can change them between requests. */
export interface Answers {
  list: string;
  /** The events of every watch. The response ends after them. */
  watch: string;
  object: string;
}

/** Starts an API server that sends one response to every list, one to every watch, and one to every get. */
export async function startAnsweringServer(answers: Answers): Promise<TestServer> {
  return await startHttpServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://server');
    response.setHeader('Content-Type', 'application/json');
    if (url.searchParams.has('watch')) response.end(answers.watch);
    else response.end(/\/[a-z]+s$/.test(url.pathname) ? answers.list : answers.object);
  });
}
