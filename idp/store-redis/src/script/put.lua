-- KEYS: the key. ARGV: until, value.
keep(KEYS[1], ARGV[1], ARGV[2])
return 1
