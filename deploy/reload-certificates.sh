#!/bin/sh
# Run by nginx's image before nginx starts: certificates that were renewed meanwhile are read, twice a day.
(while sleep 12h; do nginx -s reload; done) &
