import { KINDS_TEXT } from '../kinds/targetKinds.ts';

/** The kinds of targets, in lines of at most 120 characters. */
const TYPES = `TYPE is ${KINDS_TEXT}, or a short name such as svc. Default: pod.`
  .replace(/(.{1,120})(?: |$)/g, '$1\n')
  .trimEnd();

/** The text that `--help` prints. */
export const HELP = `Forward local TCP ports to a pod through the Kubernetes API, without kubectl.

Usage:
  kube-port-forward [TYPE/]NAME [LOCAL:]REMOTE [[LOCAL:]REMOTE ...] [options]
  kube-port-forward -l SELECTOR [LOCAL:]REMOTE [[LOCAL:]REMOTE ...] [options]
  kube-port-forward proxy [-n NAMESPACE ...] [--port PORT] [--log-requests] [--env | --detach | -- COMMAND ...]
  kube-port-forward list [-n NAMESPACE] [--context NAME] [--kubeconfig FILE] [-o json]
  kube-port-forward stop NAME ... | --all [-n NAMESPACE] [--context NAME] [--kubeconfig FILE]
  kube-port-forward requests [NAME ...] [--follow] [-n NAMESPACE] [--context NAME] [--kubeconfig FILE] [-o json]
  kube-port-forward completion bash|zsh|fish|powershell

${TYPES}
REMOTE is a port number or a port name. LOCAL is a local port (default: REMOTE); 0 or empty for any free port.

Examples:
  kube-port-forward pod/web 8080:80            # localhost:8080 to port 80 of the pod
  kube-port-forward web 5000 6000              # two ports, with the same local ports
  kube-port-forward svc/web 8080:http          # the service port named http, in a ready pod of the service
  kube-port-forward deploy/web :80             # any free local port
  kube-port-forward -l app=web 8080:80         # a ready pod with this label
  kube-port-forward sts/db 5432 -n data --context staging
  kube-port-forward pod/web 8080:80 --address 0.0.0.0
  kube-port-forward pod/web :80 --output json  # one event per line, for programs

  kube-port-forward svc/web 8080:80 --detach   # run in the background; VS Code shows the forward too
  kube-port-forward stop svc/web -n shop       # stop by target, label, or local port or address

  kube-port-forward proxy -n demo              # all services by name: http://web.demo.localhost:8900/
  kube-port-forward proxy -n demo -- npm test  # run a program that reaches http://web as in the cluster
  kube-port-forward proxy -n demo --env        # print variables to set; --shell bash|zsh|fish|powershell

Options:
  -n, --namespace NAME              namespace of the target (default: the namespace of the context)
  -l, --selector SELECTOR           forward to a ready pod with these labels, for example app=web,tier!=db
      --address ADDRESS[,...]       localhost or IP addresses to listen on (default: localhost)
      --pod-running-timeout TIME    how long to wait for a running pod (default: 1m)
      --reconnect=false             exit when the pod is lost, as kubectl does (default: reconnect)
      --wait-for-target TIME        how long to wait for a deleted target to come back (default: 10m; 0: do not wait)
      --require-ready               never forward to a pod that is not ready
      --log-requests                print a line for each HTTP request that passes
  -d, --detach                      run in the background until stopped; list, stop, and VS Code show the forward
      --transport NAME              use only spdy, websocket, or channel (default: the one that the server supports)
  -o, --output text|json            print lines like kubectl, or one JSON event per line

  Options of proxy:
      --port PORT                   local port of the proxy (default: 8900, or another port if 8900 is in use)
      --env                         run in the background, and print the variables that connect programs to the proxy
      --shell NAME                  print for bash, zsh, fish or powershell (default: bash; on Windows powershell)
      --java                        also set JAVA_TOOL_OPTIONS: Java programs reach the services, and no other server

  Cluster and user:
      --kubeconfig FILE             use this file instead of KUBECONFIG or ~/.kube/config
      --context NAME                use this context instead of the current one
      --cluster NAME, --user NAME   use this cluster or user instead of the one in the context
  -s, --server URL                  address of the API server
      --token TOKEN                 bearer token
      --client-certificate FILE     PEM file with a client certificate; use with --client-key FILE
      --as USER                     impersonate a user; also --as-group GROUP (repeatable) and --as-uid UID
      --certificate-authority FILE  PEM file with the trusted certificate authorities
      --tls-server-name NAME        server name to expect in the certificate
      --insecure-skip-tls-verify    do not verify the server's certificate
      --request-timeout TIME        time limit for one request to the API server (default: none)

  -v, --v LEVEL                     log level; 6 or higher logs requests to the API server
  -h, --help                        show this help
      --version                     show the version

Press Ctrl-C to stop. Exit codes: 0 stopped, 1 failed, 2 wrong usage.
`;
