#pragma once
#include "core/memory/reply.h"
