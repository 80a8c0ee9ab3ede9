import { startHttpServer, type TestServer } from './httpServer.ts';

/** The answers of {@link startAnsweringServer} as JSON texts, which a test changes between requests. */
export interface Answers {
  list: string;
  /** The connection ends after it. */
  watch: string;
  object: string;
}

/** Starts an API server with the same answer for every list, every watch and every object. */
export async function startAnsweringServer(answers: Answers): Promise<TestServer> {
  return await startHttpServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://server');
    response.setHeader('Content-Type', 'application/json');
    if (url.searchParams.has('watch')) response.end(answers.watch);
    else response.end(/\/[a-z]+s$/.test(url.pathname) ? answers.list : answers.object);
  });
}
