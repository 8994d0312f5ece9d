#!/bin/sh
# Mail what keepalived tells: TYPE NAME STATE PRIORITY.
contact=root@localhost
host=$(hostname)

printf '%s\n' "$(date): $1 $2 is $3 with priority $4 on $host." | mail -s "$host: $2 is $3" "$contact"
