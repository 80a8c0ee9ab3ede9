import { KINDS_TEXT } from '../kinds/targetKinds.ts';

/** What `--help` prints. */
export const HELP = `Forward local TCP ports to a pod through the Kubernetes API, without kubectl.

Usage:
  kube-port-forward [TYPE/]NAME [LOCAL:]REMOTE [[LOCAL:]REMOTE ...] [options]
  kube-port-forward -l SELECTOR [LOCAL:]REMOTE [[LOCAL:]REMOTE ...] [options]
  kube-port-forward list [-n NAMESPACE] [--context NAME] [--kubeconfig FILE] [-o json]
  kube-port-forward stop NAME ... | --all [-n NAMESPACE] [--context NAME] [--kubeconfig FILE]
  kube-port-forward completion bash|zsh|fish|powershell

TYPE is ${KINDS_TEXT},
or a short name of it; pod if left out.
REMOTE is a port number or the name of one. LOCAL is the same as REMOTE if left out, and any free port if 0 or empty.

Examples:
  kube-port-forward pod/web 8080:80            # localhost:8080 to port 80 of the pod
  kube-port-forward web 5000 6000              # two ports, the same locally
  kube-port-forward svc/web 8080:http          # the service's port named http, in a ready pod of it
  kube-port-forward deploy/web :80             # any free local port
  kube-port-forward -l app=web 8080:80         # a ready pod with that label
  kube-port-forward sts/db 5432 -n data --context staging
  kube-port-forward pod/web 8080:80 --address 0.0.0.0
  kube-port-forward pod/web :80 --output json  # one event a line, for programs

  kube-port-forward svc/web 8080:80 --detach   # goes on in the background, beside those of VS Code
  kube-port-forward stop svc/web -n shop       # by target, label or local port; a pod named stop is pod/stop

Options:
  -n, --namespace NAME              namespace of the target; the context's own if left out
  -l, --selector SELECTOR           instead of a target: a ready pod with these labels, for example app=web,tier!=db
      --address ADDRESS[,...]       what to listen on: localhost (127.0.0.1 and ::1, the default) or IP addresses
      --pod-running-timeout TIME    how long to wait for a running pod (default 1m)
      --reconnect=false             end when the pod is lost, as kubectl does, instead of looking for the next one
      --wait-for-target TIME        how long to wait for a deleted target to come back (default 10m, 0 as kubectl)
      --require-ready               never forward to a pod that is not ready
  -d, --detach                      go on in the background until stopped; list and stop see it, and so does VS Code
      --transport NAME              use spdy, websocket or channel only; by default whichever the server speaks
  -o, --output text|json            lines like kubectl's, or one JSON event a line

  Which cluster, and as whom:
      --kubeconfig FILE             instead of KUBECONFIG or ~/.kube/config
      --context NAME                instead of the current context
      --cluster NAME, --user NAME   instead of the context's own
  -s, --server URL                  instead of the cluster's own address
      --token TOKEN                 bearer token instead of the user's credentials
      --client-certificate FILE     PEM file of a client certificate, with --client-key FILE, instead of the user's own
      --as USER                     impersonate a user; also --as-group GROUP (again for more) and --as-uid UID
      --certificate-authority FILE  PEM file of the authorities to trust
      --tls-server-name NAME        name to check the server's certificate against
      --insecure-skip-tls-verify    trust any certificate
      --request-timeout TIME        limit for one answer of the API server (default none)

  -v, --v LEVEL                     log requests to the API server from level 6 on
  -h, --help                        this text
      --version                     the version

It ends with Ctrl-C. Exit status: 0 stopped, 1 failed, 2 wrong usage.
`;
