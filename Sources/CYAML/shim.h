// libyaml's event parser; imported by CAIYAML alone.
#include <yaml.h>
