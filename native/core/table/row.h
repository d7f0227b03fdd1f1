#pragma once
#include "core/term/row.h"
