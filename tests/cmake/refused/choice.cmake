# expect: Colour is 'rad'; did you mean red? (expected one of red, blue)
# settings: -DColour=rad
config_choice(Colour COLOUR "A colour" "red;ColourRed;RED" "blue;ColourBlue;BLUE")
