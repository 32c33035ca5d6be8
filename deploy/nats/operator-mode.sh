#!/bin/sh
# The layout of accounts.conf in operator mode, for a fleet of hundreds: one scoped signing key holds the permissions of
# every agent, and an agent is a JWT of half a kilobyte that names it. A new cluster changes nothing on the server.
#
# Needs nsc and jq. Sign no name that is not a cluster id (letters, digits, - and _): a user named * would be every agent.
set -eu

nsc add operator --name fleet --sys --generate-signing-key
nsc add account --name AGENTS
nsc edit account --name AGENTS --js-streams -1 --js-consumer -1 --js-mem-storage 256M --js-disk-storage 50G

# The last signing key of the account is the one that was just made.
new_key() {
  nsc edit account --name AGENTS --sk generate >&2
  nsc describe account AGENTS --json | jq --raw-output '.nats.signing_keys | map(.key? // .) | last'
}

# Nothing stands both in --allow-pub and --allow-sub (accounts.conf says why).
nsc edit signing-key --account AGENTS --role agent --sk "$(new_key)" \
  --allow-pub 'agent.register.{{name()}}' \
  --allow-pub 'agent.heartbeat.{{name()}}' \
  --allow-pub 'agent.event.{{name()}}' \
  --allow-pub 'agent.events.{{name()}}' \
  --allow-pub 'agent.metrics.{{name()}}' \
  --allow-pub 'agent.result.{{name()}}' \
  --allow-pub 'agent.update.{{name()}}' \
  --allow-sub 'agent.command.{{name()}}' \
  --allow-sub '_INBOX.{{name()}}.>' \
  --allow-sub '$SRV.PING' \
  --allow-sub '$SRV.PING.agent' \
  --allow-sub '$SRV.PING.agent.*' \
  --allow-sub '$SRV.INFO' \
  --allow-sub '$SRV.INFO.agent' \
  --allow-sub '$SRV.INFO.agent.*' \
  --allow-sub '$SRV.STATS' \
  --allow-sub '$SRV.STATS.agent' \
  --allow-sub '$SRV.STATS.agent.*' \
  --allow-pub-response=1 --response-ttl 5m

# A cluster. Its file goes into the agent's Secret as nats.credentials_file, with `nats.inbox_prefix: auto` in the
# configuration. Make a new one before it expires; a changed Secret is read at the next connection.
nsc add user --account AGENTS --name prod-eu-1 --private-key agent --expiry 30d
nsc generate creds --account AGENTS --name prod-eu-1 --output-file prod-eu-1.creds

# For the server: include resolver.conf in nats-server.conf in the place of accounts.conf, start it, and push the account.
nsc generate config --nats-resolver --sys-account SYS --config-file resolver.conf
nsc push --account AGENTS

# Cutting a cluster off: nsc revocations add-user --account AGENTS --name prod-eu-1 && nsc push --account AGENTS
